package trigger

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// maxTries is how often a mail that can't be read is tried before the next one is.
const maxTries = 5

// takeAll takes mails in the order in which they came.
func (s *session) takeAll(ctx context.Context, mails []listed) error {
	slices.SortFunc(mails, func(a, b listed) int { return cmp.Compare(a.uid, b.uid) })
	mails = slices.CompactFunc(mails, func(a, b listed) bool { return a.uid == b.uid })
	for _, one := range mails {
		if err := s.take(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// take starts the run of one mail. The order is what makes it one run, whatever
// stops in between: the run is durable, then the mail is marked or moved, then the
// position is kept. Who comes again finds the run that there is.
func (s *session) take(ctx context.Context, one listed) error {
	if one.size > maxMail {
		return s.pass(ctx, one, "mail.large", fmt.Sprintf("the mail has %d bytes, at most %d are taken", one.size, maxMail))
	}
	raw, err := s.read(one.uid)
	if err != nil {
		return s.unread(ctx, one, err)
	}
	if len(raw) > maxMail {
		return s.pass(ctx, one, "mail.large", fmt.Sprintf("the mail has more than %d bytes, which is the most that is taken", maxMail))
	}
	if err := s.start(ctx, one, raw); err != nil {
		return err
	}
	if err := s.after(one.uid); err != nil {
		return err
	}
	clear(s.tries)
	return s.advance(ctx, one.uid)
}

// unread counts that a mail could not be read. One that never can mustn't keep the
// others from their runs.
func (s *session) unread(ctx context.Context, one listed, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if s.tries[one.uid]++; s.tries[one.uid] < maxTries {
		return err
	}
	return errors.Join(err, s.pass(ctx, one, "mail.unreadable", fmt.Sprintf("tried %d times: %v", maxTries, err)))
}

// pass goes on behind a mail that starts no run, with a receipt that says why.
func (s *session) pass(ctx context.Context, one listed, code, message string) error {
	r := s.what.Target.receipt("mailbox", ReceiptFailed, code, message, time.Now())
	r.Subject = fmt.Sprintf("mail %d of %s, %s", one.uid, s.what.Mailbox.Folder, one.came.UTC().Format(time.RFC3339))
	if err := s.Receipts.Keep(ctx, r); err != nil {
		return err
	}
	delete(s.tries, one.uid)
	return s.advance(ctx, one.uid)
}

// start begins the run of a mail, or keeps a receipt that says why there is none.
func (s *session) start(ctx context.Context, one listed, raw []byte) error {
	target := s.what.Target
	headers, subject := headersOf(raw)
	came := one.came
	if came.IsZero() {
		came = time.Now()
	}
	input := Mail(raw)
	data := Data("mailbox", input, headers, nil, came)
	key := "mail/" + target.Flow + "/" + target.Node + "/" + identity(raw, one.came)
	refuse := func(state, code, message string) error {
		r := target.receipt("mailbox", state, code, message, time.Now())
		r.Subject, r.Key = short(subject), key
		return s.Receipts.Keep(ctx, r)
	}
	if problems := target.Check(input); problems.Failed() {
		return refuse(ReceiptFailed, "input.invalid", problems[0].Message)
	}
	if target.Rule.Drops(ctx, data) {
		return refuse(ReceiptDropped, "rule", "the trigger's rule leaves it out")
	}
	started, err := s.Starter.Start(ctx, Start{Target: target, IngestKey: key, Data: data})
	if err == nil && started.Duplicate {
		s.Receipts.Repeated(started.ID)
	}
	return err
}

// after marks or moves a mail. What the server refuses is told as a warning: the
// run is there, and the next mail mustn't wait for it.
func (s *session) after(uid uint32) error {
	set := imap.UIDSetNum(imap.UID(uid))
	err := s.within(s.Patience, talkBudget, func() error {
		switch s.what.Mailbox.After {
		case flow.AfterSeen:
			return s.mark(set, imap.FlagSeen)
		case flow.AfterFlag:
			return s.mark(set, imap.FlagFlagged)
		case flow.AfterMove:
			return s.move(set)
		}
		return nil
	})
	var refused *imap.Error
	if !errors.As(err, &refused) {
		if err == nil {
			s.warning = ""
		}
		return err
	}
	s.warning = short(fmt.Sprintf("mails have their runs, and the server refuses what comes after (%s): %s", s.what.Mailbox.After, refused.Text))
	return nil
}

func (s *session) mark(set imap.UIDSet, flag imap.Flag) error {
	return s.client.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{flag}}, nil).Close()
}

// move moves mails. Where the server can't, they are copied and, only once that
// is done, removed: and nothing is that others marked for removal.
func (s *session) move(set imap.UIDSet) error {
	if s.caps.Has(imap.CapMove) {
		_, err := s.client.Move(set, s.what.Mailbox.MoveTo).Wait()
		return err
	}
	if _, err := s.client.Copy(set, s.what.Mailbox.MoveTo).Wait(); err != nil {
		return err
	}
	if err := s.mark(set, imap.FlagDeleted); err != nil || !s.caps.Has(imap.CapUIDPlus) {
		return err
	}
	return s.client.UIDExpunge(set).Close()
}

// identity names a mail by what it is, so that it is the same one however often it
// is delivered and whatever its number: by its own headers and its body, without
// what servers write on the way. Its id alone isn't enough: whoever knows one could
// keep another mail with it from being looked at. A mail without an id is known by
// all its bytes and when it came.
func identity(raw []byte, came time.Time) string {
	h := sha256.New()
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil || strings.TrimSpace(message.Header.Get("Message-Id")) == "" {
		fmt.Fprintf(h, "bytes\x00%d\x00", came.Unix())
		h.Write(raw)
		return hex.EncodeToString(h.Sum(nil))
	}
	for _, name := range []string{"Message-Id", "Date", "From", "Subject", "Content-Type"} {
		for _, value := range message.Header[name] {
			fmt.Fprintf(h, "%s\x00%d\x00%s\x00", name, len(value), value)
		}
	}
	_, _ = io.Copy(h, message.Body) // it is in memory
	return hex.EncodeToString(h.Sum(nil))
}

// headersOf gives a mail's headers as expressions read them, and its subject.
func headersOf(raw []byte) (headers map[string]any, subject string) {
	headers = map[string]any{}
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return headers, ""
	}
	words := mime.WordDecoder{}
	for name, values := range message.Header {
		text := strings.Join(values, "\n")
		if decoded, err := words.DecodeHeader(text); err == nil {
			text = decoded
		}
		headers[strings.ToLower(name)] = strings.ToValidUTF8(text, "\ufffd")
	}
	subject, _ = headers["subject"].(string)
	return headers, subject
}
