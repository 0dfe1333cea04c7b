package contract

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// netBox stands in for NetBox' REST API: devices, addresses and prefixes, by pages, from
// https://netboxlabs.com/docs/netbox/integrations/rest-api/.
func netBox() Service {
	hosts := []string{"netbox.corp.example"}
	return Service{
		Connector: "netbox", Hosts: hosts,
		Credentials: []app.GivenCredential{given("netbox.token", hosts, "url", "https://netbox.corp.example", "token", "netbox-token-of-40-digits")},
		New: func() http.Handler {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /api/dcim/devices/", netBoxPage(netBoxDevices))
			mux.HandleFunc("GET /api/ipam/ip-addresses/", netBoxPage(netBoxAddresses))
			mux.HandleFunc("GET /api/ipam/prefixes/", netBoxPage(func(r *http.Request) (list, string) {
				if !strings.HasPrefix(r.URL.Query().Get("contains"), "10.1.2.") {
					return list{}, ""
				}
				return list{object{"id": 5, "prefix": "10.1.2.0/24", "status": object{"value": "active"}, "vrf": nil, "vlan": object{"vid": 120, "name": "clients"}, "scope": object{"name": "Berlin"}, "role": object{"name": "Clients"}, "description": "Desks"}}, ""
			}))
			return keyed("Authorization", "Token netbox-token-of-40-digits", func(w http.ResponseWriter, _ *http.Request) {
				answer(w, 403, object{"detail": "Invalid token"})
			}, mux)
		},
	}
}

// netBoxPage answers rows by limit and offset; a fault is the name of a filter.
func netBoxPage(rows func(*http.Request) (list, string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		all, wrong := rows(r)
		if wrong != "" {
			answer(w, 400, object{wrong: list{"Enter a valid value."}})
			return
		}
		limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
		if err != nil || limit == 0 {
			limit = 50
		}
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset")) // none is 0
		from := min(offset, len(all))
		to := min(from+min(limit, 2), len(all)) // this one's MAX_PAGE_SIZE is 2
		page := object{"count": len(all), "next": nil, "previous": nil, "results": all[from:to]}
		if to < len(all) {
			page["next"] = "https://netbox.corp.example" + r.URL.Path + "?limit=2&offset=" + strconv.Itoa(to)
		}
		answer(w, 200, page)
	}
}

func netBoxDevices(r *http.Request) (list, string) {
	out := list{}
	for i, name := range []string{"nb-017", "nb-018", "nb-019"} {
		if want := r.URL.Query().Get("name"); want != "" && want != name {
			continue
		}
		out = append(out, object{
			"id": 17 + i, "url": "https://netbox.corp.example/api/dcim/devices/17/", "display_url": "https://netbox.corp.example/dcim/devices/" + strconv.Itoa(17+i) + "/", "name": name, "status": object{"value": "active", "label": "Active"},
			"role": object{"name": "Laptop"}, "site": object{"name": "Berlin"}, "tenant": nil, "device_type": object{"model": "X1", "manufacturer": object{"name": "Example"}},
			"primary_ip": object{"address": "10.1.2." + strconv.Itoa(17+i) + "/24"}, "serial": "SN" + name, "tags": list{object{"name": "vip", "slug": "vip"}}, "custom_fields": object{"owner": "reporter@example.com"},
		})
	}
	return out, ""
}

func netBoxAddresses(r *http.Request) (list, string) {
	address := r.URL.Query().Get("address")
	if strings.Contains(address, "example") {
		return nil, "address"
	}
	if address != "" && !strings.HasPrefix(address, "10.1.2.17") {
		return list{}, ""
	}
	return list{object{
		"id": 1, "address": "10.1.2.17/24", "status": object{"value": "active"}, "dns_name": "nb-017.corp.example", "vrf": nil, "tenant": nil, "description": "",
		"assigned_object": object{"name": "eth0", "device": object{"id": 17, "name": "nb-017"}}, "tags": list{},
	}}, ""
}
