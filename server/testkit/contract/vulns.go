package contract

import (
	"net/http"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// vulns stands in for three sources about vulnerabilities: NVD's CVE API 2.0
// (https://nvd.nist.gov/developers/vulnerabilities, which answers faults with a header
// message and no body), CISA's list of known exploited ones
// (https://www.cisa.gov/known-exploited-vulnerabilities-catalog) and FIRST's EPSS
// (https://www.first.org/epss/api).
func vulns() Service {
	nvd := "services.nvd.nist.gov"
	return Service{
		Connector: "vulns", Hosts: []string{nvd, "www.cisa.gov", "api.first.org"}, Optional: true,
		Credentials: []app.GivenCredential{given("vulns.nvdKey", []string{nvd}, "key", "nvd-key-0197a6c2")},
		New: func() http.Handler {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /rest/json/cves/2.0", nvdCVE)
			mux.HandleFunc("GET /sites/default/files/feeds/known_exploited_vulnerabilities.json", cisaKEV)
			mux.HandleFunc("GET /data/v1/epss", firstEPSS)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if key := r.Header.Get("apiKey"); key != "" && (r.Host != nvd || key != "nvd-key-0197a6c2") {
					w.Header().Set("message", "Invalid apiKey.")
					w.WriteHeader(http.StatusNotFound)
					return
				}
				mux.ServeHTTP(w, r)
			})
		},
	}
}

func nvdCVE(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("cveId")
	if !strings.HasPrefix(id, "CVE-") {
		w.Header().Set("message", "Invalid cveId parameter: "+id)
		w.WriteHeader(http.StatusNotFound)
		return
	}
	page := object{"resultsPerPage": 0, "startIndex": 0, "totalResults": 0, "format": "NVD_CVE", "version": "2.0", "timestamp": "2025-01-02T12:00:00.000", "vulnerabilities": list{}}
	if id == "CVE-2024-3400" {
		page["totalResults"], page["resultsPerPage"] = 1, 1
		page["vulnerabilities"] = list{object{"cve": object{
			"id": id, "vulnStatus": "Analyzed", "published": "2024-04-12T08:15:06.230", "lastModified": "2024-11-29T16:15:08.000",
			"descriptions": list{object{"lang": "es", "value": "Una vulnerabilidad"}, object{"lang": "en", "value": "A command injection in GlobalProtect."}},
			"metrics": object{
				"cvssMetricV31": list{
					object{"source": "psirt@example.com", "type": "Secondary", "cvssData": object{"version": "3.1", "vectorString": "CVSS:3.1/AV:N", "baseScore": 9.9, "baseSeverity": "CRITICAL"}},
					object{"source": "nvd@nist.gov", "type": "Primary", "cvssData": object{"version": "3.1", "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", "baseScore": 10.0, "baseSeverity": "CRITICAL"}},
				},
			},
			"weaknesses": list{object{"description": list{object{"lang": "en", "value": "CWE-77"}}}},
			"references": list{object{"url": "https://security.paloaltonetworks.com/CVE-2024-3400", "tags": list{"Vendor Advisory"}}},
		}}}
	}
	answer(w, 200, page)
}

func cisaKEV(w http.ResponseWriter, _ *http.Request) {
	answer(w, 200, object{"title": "CISA Catalog of Known Exploited Vulnerabilities", "catalogVersion": "2025.01.02", "count": 2, "vulnerabilities": list{
		object{
			"cveID": "CVE-2024-3400", "vendorProject": "Palo Alto Networks", "product": "PAN-OS", "vulnerabilityName": "PAN-OS Command Injection", "dateAdded": "2024-04-12",
			"requiredAction": "Apply mitigations per vendor instructions.", "dueDate": "2024-04-19", "knownRansomwareCampaignUse": "Known", "notes": "",
		},
		object{"cveID": "CVE-2021-44228", "vendorProject": "Apache", "product": "Log4j2", "vulnerabilityName": "Log4Shell", "dateAdded": "2021-12-10", "requiredAction": "Update.", "dueDate": "2021-12-24", "knownRansomwareCampaignUse": "Unknown"},
	}})
}

func firstEPSS(w http.ResponseWriter, r *http.Request) {
	rows := list{}
	for _, id := range strings.Split(r.URL.Query().Get("cve"), ",") {
		if id == "CVE-2024-3400" {
			rows = append(rows, object{"cve": id, "epss": "0.957000000", "percentile": "0.996000000", "date": "2025-01-02"})
		}
	}
	answer(w, 200, object{"status": "OK", "status-code": 200, "version": "1.0", "total": len(rows), "offset": 0, "limit": 100, "data": rows})
}
