package contract

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// elastic stands in for Elasticsearch: search and documents, with the forms of its errors,
// from https://www.elastic.co/docs/api/doc/elasticsearch/. Fields are those of ECS,
// https://www.elastic.co/docs/reference/ecs.
func elastic() Service {
	hosts := []string{"elastic.corp.example"}
	place := "elastic.corp.example:9200"
	return Service{
		Connector: "elastic", Hosts: hosts,
		Credentials: []app.GivenCredential{given("elastic.apiKey", []string{place}, "url", "https://"+place, "key", "VnVhQ2ZHY0JDZGJrUQ==")},
		Limited: func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`{"error":{"root_cause":[],"type":"circuit_breaking_exception","reason":"[parent] Data too large"},"status":429}`))
		},
		New: func() http.Handler {
			e := elasticState{"cases/1": {"title": "An old case"}}
			mux := http.NewServeMux()
			mux.HandleFunc("POST /{index}/_search", elasticSearch)
			mux.HandleFunc("POST /{index}/_doc", func(w http.ResponseWriter, r *http.Request) { e.put(w, r, "generated-id") })
			mux.HandleFunc("PUT /{index}/_doc/{id}", func(w http.ResponseWriter, r *http.Request) { e.put(w, r, r.PathValue("id")) })
			mux.HandleFunc("DELETE /{index}/_doc/{id}", e.remove)
			return keyed("Authorization", "ApiKey VnVhQ2ZHY0JDZGJrUQ==", func(w http.ResponseWriter, _ *http.Request) {
				elasticError(w, 401, "security_exception", "unable to authenticate with provided credentials and anonymous access is not allowed for this request")
			}, mux)
		},
	}
}

// elasticState are documents by index and id.
type elasticState map[string]object

func elasticError(w http.ResponseWriter, status int, kind, reason string) {
	cause := object{"type": kind, "reason": reason}
	answer(w, status, object{"error": object{"root_cause": list{cause}, "type": kind, "reason": reason}, "status": status})
}

func (e elasticState) put(w http.ResponseWriter, r *http.Request, id string) {
	doc := readJSON(r)
	if doc == nil {
		elasticError(w, 400, "document_parsing_exception", "failed to parse")
		return
	}
	key, result, status := r.PathValue("index")+"/"+id, "created", 201
	if e[key] != nil {
		if r.URL.Query().Get("op_type") == "create" {
			elasticError(w, 409, "version_conflict_engine_exception", "["+id+"]: version conflict, document already exists (current version [1])")
			return
		}
		result, status = "updated", 200
	}
	e[key] = doc
	answer(w, status, object{"_index": r.PathValue("index"), "_id": id, "_version": 1, "result": result, "_shards": object{"total": 2, "successful": 1, "failed": 0}})
}

func (e elasticState) remove(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("index") + "/" + r.PathValue("id")
	if e[key] == nil {
		answer(w, 404, object{"_index": r.PathValue("index"), "_id": r.PathValue("id"), "result": "not_found"})
		return
	}
	delete(e, key)
	answer(w, 200, object{"_index": r.PathValue("index"), "_id": r.PathValue("id"), "result": "deleted"})
}

// elasticSearch finds what a query's text names, and holds its form to what the DSL has.
func elasticSearch(w http.ResponseWriter, r *http.Request) {
	in := readJSON(r)
	for name := range in {
		if !strings.Contains(" query size sort _source track_total_hits aggs search_after ", " "+name+" ") {
			elasticError(w, 400, "parsing_exception", "Unknown key for a VALUE_STRING in ["+name+"].")
			return
		}
	}
	raw, _ := json.Marshal(in["query"])
	text := string(raw)
	index := r.PathValue("index")
	hits := list{}
	hit := func(id string, source object) {
		hits = append(hits, object{"_index": index, "_id": id, "_score": nil, "_source": source, "sort": list{1735819200000, id}})
	}
	switch {
	case index == "nowhere":
		elasticError(w, 404, "index_not_found_exception", "no such index [nowhere]")
		return
	case strings.Contains(text, `"query":"(("`):
		elasticError(w, 400, "search_phase_execution_exception", "all shards failed")
		return
	case strings.HasPrefix(index, "logs-netflow") && strings.Contains(text, `"source.ip":"198.51.100.7"`) && strings.Contains(text, `"destination.ip":"198.51.100.7"`):
		hit("f1", object{"@timestamp": "2025-01-02T11:59:00.000Z", "source": object{"ip": "10.1.2.17", "port": 50123, "bytes": 900}, "destination": object{"ip": "198.51.100.7", "port": 443, "bytes": 100}, "network": object{"bytes": 1000, "transport": "tcp"}})
		hit("f2", object{"@timestamp": "2025-01-02T11:58:00.000Z", "source": object{"ip": "10.1.2.18", "port": 50124}, "destination": object{"ip": "198.51.100.7", "port": 443}, "network": object{"bytes": 24, "transport": "tcp"}})
	case strings.HasPrefix(index, "logs-dns") && strings.Contains(text, "dns.question.name") && strings.Contains(text, "evil.example"):
		hit("d1", object{"@timestamp": "2025-01-02T11:57:00.000Z", "source": object{"ip": "10.1.2.17"}, "dns": object{"question": object{"name": "login.evil.example", "type": "A"}, "resolved_ip": list{"198.51.100.7"}, "response_code": "NOERROR"}})
	case strings.Contains(text, "event.action:login"):
		hit("l1", object{"@timestamp": "2025-01-02T11:56:00.000Z", "event": object{"action": "login"}})
		hit("l2", object{"@timestamp": "2025-01-02T11:55:00.000Z", "event": object{"action": "login"}})
	}
	if size, sized := in["size"].(float64); sized {
		hits = hits[:min(int(size), len(hits))]
	}
	answer(w, 200, object{"took": 3, "timed_out": false, "_shards": object{"failed": 0}, "hits": object{"total": object{"value": len(hits), "relation": "eq"}, "max_score": nil, "hits": hits}})
}
