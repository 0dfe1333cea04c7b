package contract

import (
	"net/http"
	"strconv"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// slack stands in for Slack's Web API: chat.postMessage, chat.update, chat.delete, whose
// errors are answers 200 with ok false, from https://docs.slack.dev/reference/methods, and
// https://docs.slack.dev/apis/web-api/rate-limits.
func slack() Service {
	hosts := []string{"slack.com"}
	return Service{
		Connector: "slack", Hosts: hosts,
		Credentials: []app.GivenCredential{given("slack.token", hosts, "token", "xoxb-0000-slack-bot-token")},
		Limited:     func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"ok":false,"error":"ratelimited"}`)) },
		New: func() http.Handler {
			s := slackState{"1735819200.000100": "An earlier message"}
			mux := http.NewServeMux()
			mux.HandleFunc("POST /api/chat.postMessage", s.in(s.post))
			mux.HandleFunc("POST /api/chat.update", s.in(s.update))
			mux.HandleFunc("POST /api/chat.delete", s.in(s.remove))
			return mux
		},
	}
}

// slackState are texts by their time stamps.
type slackState map[string]string

func slackError(w http.ResponseWriter, code string) {
	answer(w, 200, object{"ok": false, "error": code})
}

// in checks what all methods check, and reads the arguments.
func (s slackState) in(next func(w http.ResponseWriter, in object)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Authorization") {
		case "Bearer xoxb-0000-slack-bot-token":
		case "":
			slackError(w, "not_authed")
			return
		default:
			slackError(w, "invalid_auth")
			return
		}
		in := readJSON(r)
		channel, _ := in["channel"].(string)
		switch {
		case in == nil:
			slackError(w, "invalid_json")
		case channel != "C024BE91L" && channel != "#soc":
			slackError(w, "channel_not_found")
		default:
			next(w, in)
		}
	}
}

func (s slackState) post(w http.ResponseWriter, in object) {
	text, _ := in["text"].(string)
	blocks, _ := in["blocks"].(list)
	switch {
	case text == "" && len(blocks) == 0:
		slackError(w, "no_text")
		return
	case len(text) > 40000:
		slackError(w, "msg_too_long")
		return
	}
	ts := "173581920" + strconv.Itoa(len(s)) + ".000200"
	s[ts] = text
	answer(w, 200, object{"ok": true, "channel": "C024BE91L", "ts": ts, "message": object{"type": "message", "text": text, "ts": ts}})
}

func (s slackState) update(w http.ResponseWriter, in object) {
	ts, _ := in["ts"].(string)
	text, _ := in["text"].(string)
	if _, there := s[ts]; !there {
		slackError(w, "message_not_found")
		return
	}
	s[ts] = text
	answer(w, 200, object{"ok": true, "channel": "C024BE91L", "ts": ts, "text": text})
}

func (s slackState) remove(w http.ResponseWriter, in object) {
	ts, _ := in["ts"].(string)
	if _, there := s[ts]; !there {
		slackError(w, "message_not_found")
		return
	}
	delete(s, ts)
	answer(w, 200, object{"ok": true, "channel": "C024BE91L", "ts": ts})
}
