package imap

import (
	"bufio"
	"fmt"
	"io"
	"mime"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// maxUIDs bounds the mails of one command.
const maxUIDs = 1000

// shownFields are those of the header that a search answers.
const shownFields = "BODY.PEEK[HEADER.FIELDS (DATE FROM TO SUBJECT MESSAGE-ID)]"

// criteria are a search as the protocol writes it.
func criteria(in SearchInput) ([]any, error) {
	out := []any{"UID SEARCH CHARSET UTF-8 UNDELETED"}
	for _, c := range []struct{ key, value string }{
		{"FROM", in.From}, {"TO", in.To}, {"SUBJECT", in.Subject}, {"TEXT", in.Text}, {"HEADER MESSAGE-ID", strings.Trim(strings.TrimSpace(in.MessageID), "<>")},
	} {
		if strings.ContainsAny(c.value, "\r\n\x00") {
			return nil, sdk.BadInput("", "a text to search for holds a line break")
		}
		if c.value != "" {
			out = append(out, c.key, literal(c.value))
		}
	}
	for _, d := range []struct{ at, key, value string }{{"/since", "SINCE", in.Since}, {"/before", "BEFORE", in.Before}} {
		if d.value == "" {
			continue
		}
		day, err := time.Parse(time.DateOnly, d.value[:min(len(d.value), len(time.DateOnly))])
		if err != nil {
			return nil, sdk.BadInput(d.at, "must be a day such as 2026-03-02")
		}
		out = append(out, d.key, day.Format("2-Jan-2006"))
	}
	if in.Unseen {
		out = append(out, "UNSEEN")
	}
	if in.Flagged {
		out = append(out, "FLAGGED")
	}
	return out, nil
}

func search(c *sdk.Context, in SearchInput) (SearchOutput, error) {
	command, err := criteria(in)
	if err != nil {
		return SearchOutput{}, err
	}
	return within(c, in.Server, 0, false, func(s *session) (SearchOutput, error) {
		out := SearchOutput{Mails: []Mail{}, Validity: s.validity}
		list, err := s.do(command...)
		if err != nil {
			return out, err
		}
		uids := found(list)
		out.Count = len(uids)
		slices.Sort(uids)
		slices.Reverse(uids)
		if uids = uids[:min(len(uids), in.Limit)]; len(uids) == 0 {
			return out, nil
		}
		if list, err = s.do("UID FETCH", set(uids), "(UID FLAGS INTERNALDATE RFC822.SIZE "+shownFields+")"); err != nil {
			return out, err
		}
		for _, r := range list {
			if items, ok := r.fetched(); ok && items["UID"] != nil {
				out.Mails = append(out.Mails, mailOf(items))
			}
		}
		slices.SortFunc(out.Mails, func(a, b Mail) int { return b.UID - a.UID })
		return out, nil
	})
}

// found reads the numbers that a search answers.
func found(list []response) []int {
	var uids []int
	for _, r := range list {
		if !r.is("SEARCH") {
			continue
		}
		for _, word := range strings.Fields(r.text)[1:] {
			if n, err := strconv.ParseUint(word, 10, 32); err == nil {
				uids = append(uids, int(n))
			}
		}
	}
	return uids
}

func set(uids []int) string {
	words := make([]string, len(uids))
	for i, n := range uids {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ",")
}

var decoder = mime.WordDecoder{CharsetReader: func(charset string, _ io.Reader) (io.Reader, error) {
	return nil, fmt.Errorf("the charset %q is left as it is written", charset)
}}

func mailOf(items map[string]any) Mail {
	m := Mail{UID: numberOf(items["UID"]), Size: numberOf(items["RFC822.SIZE"]), Flags: textsOf(items["FLAGS"])}
	if at, err := time.Parse("_2-Jan-2006 15:04:05 -0700", textOf(items["INTERNALDATE"])); err == nil {
		m.Received = at.UTC().Format(time.RFC3339)
	}
	for name, value := range items {
		if !strings.HasPrefix(name, "BODY[HEADER.FIELDS") {
			continue
		}
		// What can't be read ends the header; what stands before it is there.
		header, _ := textproto.NewReader(bufio.NewReader(strings.NewReader(textOf(value)))).ReadMIMEHeader()
		get := func(name string) string {
			text := header.Get(name)
			if decoded, err := decoder.DecodeHeader(text); err == nil {
				text = decoded
			}
			return strings.ToValidUTF8(text, "�")
		}
		m.Subject, m.From, m.To, m.Date, m.MessageID = get("Subject"), get("From"), get("To"), get("Date"), get("Message-Id")
	}
	return m
}

func textOf(v any) string {
	text, _ := v.(string)
	return text
}

func numberOf(v any) int {
	n, _ := strconv.ParseUint(textOf(v), 10, 32)
	return int(n)
}

func textsOf(v any) []string {
	out := []string{}
	list, _ := v.([]any)
	for _, item := range list {
		out = append(out, textOf(item))
	}
	return out
}

func fetch(c *sdk.Context, in FetchInput) (FetchOutput, error) {
	return within(c, in.Server, in.Validity, false, func(s *session) (FetchOutput, error) {
		s.conn.SetLimit(maxMail)
		list, err := s.do("UID FETCH", in.UID, "(UID BODY.PEEK[])")
		if err != nil {
			return FetchOutput{}, err
		}
		for _, r := range list {
			items, ok := r.fetched()
			if !ok || numberOf(items["UID"]) != in.UID || items["BODY[]"] == nil {
				continue
			}
			raw := textOf(items["BODY[]"])
			blob, err := c.StoreBlob("message/rfc822", func(w io.Writer) error { _, err := io.WriteString(w, raw); return err })
			return FetchOutput{blob, len(raw)}, err
		}
		return FetchOutput{}, sdk.Fail("not_found", "%s has no mail %d in %q", s.place, in.UID, in.Folder)
	})
}

func folders(c *sdk.Context, in Server) (FoldersOutput, error) {
	out := FoldersOutput{Folders: []string{}}
	s, err := open(c, in)
	if err != nil {
		return out, err
	}
	defer s.close()
	list, err := s.do("LIST", `""`, "*")
	if err != nil {
		return out, err
	}
	for _, r := range list {
		if !r.is("LIST") {
			continue
		}
		p := &parser{rest: r.text[len("LIST"):], literals: r.literals}
		p.value(0) // attributes
		p.value(0) // what stands between the levels
		if name := textOf(p.value(0)); !p.broken {
			out.Folders = append(out.Folders, decodeFolder(name))
		}
	}
	slices.Sort(out.Folders)
	return out, nil
}

func checkUIDs(uids []int) error {
	if len(uids) == 0 || len(uids) > maxUIDs {
		return sdk.BadInput("/uids", "must be 1 to %d numbers", maxUIDs)
	}
	for i, n := range uids {
		if n < 1 || n > 1<<32-1 {
			return sdk.BadInput("/uids/"+strconv.Itoa(i), "must be 1 to 4294967295")
		}
	}
	return nil
}

func move(c *sdk.Context, in MoveInput) (MoveOutput, error) {
	if err := checkUIDs(in.UIDs); err != nil {
		return MoveOutput{}, err
	}
	if in.To == "" || in.To == in.Folder {
		return MoveOutput{}, sdk.BadInput("/to", "must be another folder")
	}
	return within(c, in.Server, in.Validity, true, func(s *session) (MoveOutput, error) {
		out := MoveOutput{To: in.To, UIDs: []int{}}
		there, err := s.flags(in.UIDs)
		if err != nil || len(there) == 0 {
			return out, err
		}
		list, err := s.do("UID MOVE", set(in.UIDs), literal(encodeFolder(in.To)))
		if err != nil {
			return out, err
		}
		out.Moved = len(there)
		for _, r := range list {
			if m := copied.FindStringSubmatch(r.text); m != nil {
				out.Validity, _ = strconv.Atoi(m[1])
				out.UIDs = expand(m[2])
			}
		}
		return out, nil
	})
}

// copied tells the numbers that mails have in their new folder (RFC 4315, 3).
var copied = regexp.MustCompile(`(?i)\[COPYUID (\d{1,10}) [\d:,]+ ([\d:,]+)\]`)

// expand reads a set such as 3:5,9.
func expand(text string) []int {
	list := []int{}
	for _, part := range strings.Split(text, ",") {
		from, to, isRange := strings.Cut(part, ":")
		if !isRange {
			to = from
		}
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		for n := min(a, b); errA == nil && errB == nil && n <= max(a, b) && len(list) < maxUIDs; n++ {
			list = append(list, n)
		}
	}
	return list
}

// flags are those of the mails that are there.
func (s *session) flags(uids []int) ([]Flags, error) {
	list, err := s.do("UID FETCH", set(uids), "(UID FLAGS)")
	if err != nil {
		return nil, err
	}
	out := []Flags{}
	for _, r := range list {
		if items, ok := r.fetched(); ok && items["UID"] != nil {
			out = append(out, Flags{numberOf(items["UID"]), textsOf(items["FLAGS"])})
		}
	}
	slices.SortFunc(out, func(a, b Flags) int { return a.UID - b.UID })
	return out, nil
}

// system are the flags that the protocol has itself.
var system = map[string]string{"seen": `\Seen`, "answered": `\Answered`, "flagged": `\Flagged`, "deleted": `\Deleted`, "draft": `\Draft`}

var keyword = regexp.MustCompile(`^[A-Za-z0-9$_.+-]{1,64}$`)

func flag(c *sdk.Context, in FlagInput) (FlagOutput, error) { return store(c, in, "+FLAGS.SILENT") }

func unflag(c *sdk.Context, in FlagInput) (FlagOutput, error) { return store(c, in, "-FLAGS.SILENT") }

func store(c *sdk.Context, in FlagInput, how string) (FlagOutput, error) {
	if err := checkUIDs(in.UIDs); err != nil {
		return FlagOutput{}, err
	}
	var names []string
	for i, f := range in.Flags {
		name := system[strings.ToLower(strings.TrimPrefix(f, `\`))]
		if name == "" && keyword.MatchString(f) {
			name = f
		}
		if name == "" {
			return FlagOutput{}, sdk.BadInput("/flags/"+strconv.Itoa(i), "%q is neither seen, answered, flagged, deleted, draft nor a keyword of letters, digits, $, _, ., + and -", f)
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return FlagOutput{}, sdk.BadInput("/flags", "is empty: name one or more")
	}
	return within(c, in.Server, in.Validity, true, func(s *session) (FlagOutput, error) {
		if _, err := s.do("UID STORE", set(in.UIDs), how, "("+strings.Join(names, " ")+")"); err != nil {
			return FlagOutput{}, err
		}
		mails, err := s.flags(in.UIDs)
		return FlagOutput{mails}, err
	})
}

// within opens a folder and does something there.
func within[Out any](c *sdk.Context, at Server, validity int, write bool, do func(*session) (Out, error)) (out Out, err error) {
	if at.Folder == "" || strings.ContainsAny(at.Folder, "\r\n\x00") {
		return out, sdk.BadInput("/folder", "must be the name of a folder")
	}
	s, err := open(c, at)
	if err != nil {
		return out, err
	}
	defer s.close()
	if err := s.choose(at.Folder, validity, write); err != nil {
		return out, err
	}
	return do(s)
}
