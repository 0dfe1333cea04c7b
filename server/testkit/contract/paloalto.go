package contract

import (
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// paloAlto stands in for PAN-OS' XML API: addresses registered with tags, which dynamic
// address groups take up, from
// https://docs.paloaltonetworks.com/ngfw/api/pan-os-xml-api-request-types/apply-user-id-mapping-and-populate-dynamic-address-groups-api.
func paloAlto() Service {
	hosts := []string{"fw.corp.example"}
	return Service{
		Connector: "paloalto", Hosts: hosts,
		Credentials: []app.GivenCredential{given("paloalto.key", hosts, "url", "https://fw.corp.example", "key", "LUFRPT14MW5xOEo1R09KVlBZNnpnemh0VHRBOWl6TGM9")},
		New: func() http.Handler {
			p := paloState{"203.0.113.66": {"drawbridge-block": true}, "203.0.113.67": {"other": true}}
			mux := http.NewServeMux()
			mux.HandleFunc("POST /api/", p.call)
			return keyed("X-PAN-KEY", "LUFRPT14MW5xOEo1R09KVlBZNnpnemh0VHRBOWl6TGM9", func(w http.ResponseWriter, _ *http.Request) {
				paloAnswer(w, 403, "<response status = 'error' code = '403'><result><msg>Invalid Credential</msg></result></response>")
			}, mux)
		},
	}
}

// paloState are tags by address.
type paloState map[string]map[string]bool

func paloAnswer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/xml; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprint(w, body)
}

type paloEntry struct {
	IP   string `xml:"ip,attr"`
	Tags []struct {
		Name    string `xml:",chardata"`
		Timeout string `xml:"timeout,attr"`
	} `xml:"tag>member"`
}

type paloMessage struct {
	XMLName    xml.Name    `xml:"uid-message"`
	Version    string      `xml:"version"`
	Type       string      `xml:"type"`
	Register   []paloEntry `xml:"payload>register>entry"`
	Unregister []paloEntry `xml:"payload>unregister>entry"`
}

func (p paloState) call(w http.ResponseWriter, r *http.Request) {
	cmd := r.PostFormValue("cmd")
	switch r.PostFormValue("type") {
	case "op":
		p.show(w, cmd)
	case "user-id":
		p.update(w, cmd)
	default:
		paloAnswer(w, 200, `<response status="error" code="400"><msg><line>Bad request</line></msg></response>`)
	}
}

func (p paloState) show(w http.ResponseWriter, cmd string) {
	var asked struct {
		XMLName xml.Name `xml:"show"`
		Tag     struct {
			Name string `xml:"name,attr"`
		} `xml:"object>registered-ip>tag>entry"`
	}
	if xml.Unmarshal([]byte(cmd), &asked) != nil || asked.Tag.Name == "" {
		paloAnswer(w, 200, `<response status="error" code="17"><msg><line> show -> object is invalid</line></msg></response>`)
		return
	}
	var rows strings.Builder
	n := 0
	for _, ip := range slices.Sorted(maps.Keys(p)) {
		if p[ip][asked.Tag.Name] {
			n++
			fmt.Fprintf(&rows, `<entry ip="%s" from_agent="0" persistent="1"><tag><member>%s</member></tag></entry>`, ip, asked.Tag.Name)
		}
	}
	paloAnswer(w, 200, fmt.Sprintf(`<response status="success"><result>%s<count>%d</count></result></response>`, rows.String(), n))
}

func (p paloState) update(w http.ResponseWriter, cmd string) {
	var m paloMessage
	if xml.Unmarshal([]byte(cmd), &m) != nil || m.Version != "2.0" || m.Type != "update" {
		paloAnswer(w, 200, `<response status="error" code="18"><msg><line>Malformed command</line></msg></response>`)
		return
	}
	var faults strings.Builder
	each := func(entries []paloEntry, set bool, fault string) {
		for _, e := range entries {
			if _, err := netip.ParsePrefix(e.IP); err != nil {
				if _, err := netip.ParseAddr(e.IP); err != nil {
					fmt.Fprintf(&faults, `<entry ip="%s" message="invalid ip"/>`, e.IP)
					continue
				}
			}
			for _, tag := range e.Tags {
				if p[e.IP][tag.Name] == set {
					fmt.Fprintf(&faults, `<entry ip="%s" message="tag %s %s"/>`, e.IP, tag.Name, fault)
					continue
				}
				if p[e.IP] == nil {
					p[e.IP] = map[string]bool{}
				}
				p[e.IP][tag.Name] = set
			}
		}
	}
	each(m.Register, true, "already exists, ignore")
	each(m.Unregister, false, "doesn't exist, ignore")
	if faults.Len() > 0 {
		paloAnswer(w, 200, `<response status="error"><msg><line><uid-response><version>2.0</version><payload><register>`+faults.String()+`</register></payload></uid-response></line></msg></response>`)
		return
	}
	paloAnswer(w, 200, `<response status="success"><result><![CDATA[<uid-response><version>2.0</version><payload/></uid-response>]]></result></response>`)
}
