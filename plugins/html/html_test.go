package html

import (
	"fmt"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

// TestOddPages wants sense of what isn't well formed.
func TestOddPages(t *testing.T) {
	var out TablesOutput
	page := "<table><tr><td>a<table><tr><td>in</td></tr></table>b</td><td colspan=99999>c<tr><td>d</table>"
	sdktest.Run(t, Connector(), "tables", map[string]any{"html": page}).Into(&out)
	if len(out.Tables) != 2 || out.Tables[1].Rows[0]["column1"] != "in" || out.Tables[0].Rows[0]["column1"] != "ab" || out.Tables[0].Rows[1]["column1"] != "d" {
		t.Errorf("%+v", out)
	}
	var links LinksOutput
	page = `<a href="javascript:alert(1)">x<a href="https://www.Bank.example/a">bank.example</a><meta http-equiv=Refresh content="0; URL='/next'"><a href="https://evil.example/">www.bank.example/login</a><a href=" ht tp://%zz">y`
	sdktest.Run(t, Connector(), "links", map[string]any{"html": page, "base": "https://a.example/"}).Into(&links)
	got := fmt.Sprint(links.Links)
	want := "[{link javascript:alert(1) x  false} {link https://www.Bank.example/a bank.example www.bank.example false} {refresh https://a.example/next  a.example false} {link https://evil.example/ www.bank.example/login evil.example true} {link ht tp://%zz y  false}]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var text struct{ Text string }
	page = "<HEAD><style>x</style></HEAD><body>a<script>b</script><div><div><p>c</p></div></div>d&nbsp;e<table><tr><td>1</td><td>2</td></tr></table><!-- f --><li>g"
	sdktest.Run(t, Connector(), "text", map[string]any{"html": page}).Into(&text)
	if want := "a\n\nc\n\nd e\n\n1 | 2\n\n- g"; text.Text != want {
		t.Errorf("got  %q\nwant %q", text.Text, want)
	}
}

// TestPagesAsBrowsersShowThem wants what stands in a head that nobody closes, and where an
// address with backslashes leads.
func TestPagesAsBrowsersShowThem(t *testing.T) {
	var text struct{ Title, Text string }
	page := "<html><head><title>T</title><style>s</style><p>Your account is <b>locked</b>"
	sdktest.Run(t, Connector(), "text", map[string]any{"html": page}).Into(&text)
	if text.Title != "T" || text.Text != "Your account is locked" {
		t.Errorf("%+v", text)
	}
	for given, want := range map[string]string{
		`http:\\evil.example\login?a=\b`: `http://evil.example/login?a=\b`, "ht\ntps://evil.\texample/": "https://evil.example/",
		`\\evil.example`: "https://evil.example", `/\evil.example/x`: "https://evil.example/x", `mailto:a\b@corp.example`: `mailto:a\b@corp.example`,
	} {
		var links LinksOutput
		sdktest.Run(t, Connector(), "links", map[string]any{"html": `<a href="` + given + `">x</a>`, "base": "https://a.example/dir/"}).Into(&links)
		if len(links.Links) != 1 || links.Links[0].URL != want {
			t.Errorf("%q: %+v, want %s", given, links.Links, want)
		}
	}
}

// FuzzPages wants that no page breaks a reader.
func FuzzPages(f *testing.F) {
	f.Add(mailPage)
	f.Add("<table><tr><td><table><a href=")
	f.Fuzz(func(t *testing.T, page string) {
		render(page, true)
		if _, err := links(nil, LinksInput{HTML: sdk.TextOf(page), Base: "https://a.example/", Limit: 10}); err != nil {
			t.Error(err)
		}
		out, err := tables(nil, TablesInput{HTML: sdk.TextOf(page), Header: "auto", Limit: 10})
		if err != nil {
			t.Error(err)
		}
		for _, table := range out.Tables {
			for _, row := range table.Rows {
				if len(row) != len(table.Columns) {
					t.Errorf("%d cells in a row of %d columns", len(row), len(table.Columns))
				}
			}
		}
	})
}
