package trigger

import (
	"context"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// scanAtOnce is how many mails are listed at once where the whole mailbox is.
const scanAtOnce = 1000

// scan lists the mails of the whole mailbox that are to start runs, from the last
// one on: what others remove meanwhile makes it see one twice, and miss none. Last
// is the highest number seen.
func (s *session) scan(count uint32) (mails []listed, last uint32, err error) {
	for high := count; high > 0; {
		low := uint32(1)
		if high > scanAtOnce {
			low = high - scanAtOnce + 1
		}
		set := imap.SeqSet{}
		set.AddRange(low, high)
		all, err := s.list(set)
		if err != nil {
			return nil, 0, err
		}
		fresh := false
		for _, one := range all {
			last = max(last, one.uid)
			recent := !one.came.Before(s.box.Activated.Truncate(time.Second))
			fresh = fresh || recent
			if s.wants(one) && (recent || s.what.Mailbox.Search == flow.SearchUnseen) {
				mails = append(mails, one)
			}
		}
		if !fresh && s.what.Mailbox.Search == flow.SearchAll {
			break // older ones came before the flow was published
		}
		high = low - 1
	}
	return mails, last, nil
}

func (s *session) wants(one listed) bool {
	return s.what.Mailbox.Search == flow.SearchAll || !slices.Contains(one.flags, imap.FlagSeen)
}

// listed is what a list says of a mail.
type listed struct {
	uid   uint32
	size  int64
	came  time.Time
	flags []imap.Flag
}

// list asks for mails by their numbers; those without a UID aren't told of.
func (s *session) list(set imap.NumSet) (list []listed, err error) {
	err = s.within(2*s.Patience, talkBudget, func() error {
		command := s.client.Fetch(set, &imap.FetchOptions{UID: true, Flags: true, InternalDate: true, RFC822Size: true})
		for data := command.Next(); data != nil; data = command.Next() {
			one := listed{}
			for item := data.Next(); item != nil; item = data.Next() {
				switch item := item.(type) {
				case imapclient.FetchItemDataUID:
					one.uid = uint32(item.UID)
				case imapclient.FetchItemDataFlags:
					one.flags = item.Flags
				case imapclient.FetchItemDataInternalDate:
					one.came = item.Time
				case imapclient.FetchItemDataRFC822Size:
					one.size = item.Size
				}
			}
			if one.uid != 0 {
				list = append(list, one)
			}
		}
		return command.Close()
	})
	return list, err
}

// look takes the mails that came since.
func (s *session) look(ctx context.Context) error {
	if err := s.within(s.Patience, talkBudget, func() error { return s.client.Noop().Wait() }); err != nil {
		return err
	}
	set := imap.UIDSet{}
	set.AddRange(imap.UID(s.box.Position.Last)+1, 0)
	all, err := s.list(set)
	if err != nil {
		return err
	}
	last := s.box.Position.Last
	mails := slices.DeleteFunc(all, func(one listed) bool {
		old := one.uid <= s.box.Position.Last // * names the last mail, however old
		if !old {
			last = max(last, one.uid)
		}
		return old || !s.wants(one)
	})
	if err := s.takeAll(ctx, mails); err != nil {
		return err
	}
	if last == s.box.Position.Last {
		return nil
	}
	return s.advance(ctx, last)
}

func (s *session) advance(ctx context.Context, last uint32) error {
	s.box.Position.Last = last
	return s.Store.AdvanceMailbox(ctx, s.box.Watch, s.owner, s.box.Position)
}
