package email

import (
	"sync"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// double is an encoding of two bytes a character: what a pair costs by its lead
// byte's row, and the pairs that stand for the most frequent characters.
type double struct {
	is     encoding.Encoding
	lone   func(c byte) (float32, bool)           // a byte that is a character by itself
	pair   func(lead, trail byte) (float32, bool) // false: no such pair
	common map[[2]byte]bool
}

// costCommon is that of one of the few hundred most frequent characters.
const costCommon = 9

func newDouble(is encoding.Encoding, frequent string, pair func(lead, trail byte) (float32, bool)) *double {
	d := &double{is: is, pair: pair, common: map[[2]byte]bool{}}
	for _, r := range frequent {
		if b, err := is.NewEncoder().Bytes([]byte(string(r))); err == nil && len(b) == 2 {
			d.common[[2]byte(b)] = true
		}
	}
	return d
}

func (d *double) cost(b []byte) float32 {
	var bits float32
	before := false // a letter of ASCII
	for i := 0; i < len(b); i++ {
		c := b[i]
		isASCII := asciiKind(c) != other
		if isASCII != before && i > 0 && (c >= 0x80 || b[i-1] >= 0x80) {
			bits += costMixed
		}
		if before = isASCII; c < 0x80 {
			bits += costASCII
			continue
		}
		if d.lone != nil {
			if cost, ok := d.lone(c); ok {
				bits += cost
				continue
			}
		}
		if i+1 == len(b) {
			bits += costSign // cut off
			break
		}
		cost, ok := d.pair(c, b[i+1])
		switch {
		case !ok:
			bits += costNone + costMixed
			continue
		case d.common[[2]byte{c, b[i+1]}]:
			cost = costCommon
		}
		bits += cost
		if i++; i+1 < len(b) && asciiKind(b[i+1]) != other {
			bits += costMixed
			before = true
		}
	}
	return bits
}

// The characters that make up more than half of ordinary and of commercial mail.
const (
	simplified  = "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市员原做件务户请账款密码您单验证号安系统邮箱登录点击链接链支付订单货客服通知紧急确认更新银行到期票发票优惠免费尊敬及时立即冻结异常服务中心帐"
	traditional = "的一是不了在人有我他這中大來上個國到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可里後小麼心多天而能好都然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但身些與高意進把法此實回二理美點月明其種聲全工己話兒者向情部正名定女問力機給等幾很業最間新什打便位因重被走電四第門相次東政海口使教西再平真聽世氣信北少關並內加化由卻代軍產入先山五太水萬市員原做件務戶請賬款密碼您單驗證號安系統郵箱登錄點擊鏈接連結支付訂單貨客服通知緊急確認更新銀行到期票發票優惠免費尊敬及時立即凍結異常服務中心帳帶臺台灣"
	hangul      = "이다는의에을가고하지기로한사리도자은시어나서인아일대를들해정라부그만있과원장수보주와상전스제요니구적성오여안면모비동마조공무게신유중세통드업금거선내화지으경계용물문생저위실습당및되우관소명회할방본행된개결발국등분영학입연했었았없던음바미트치교차재배양식작단진려까터받간품불확체요청최송님귀객센월년메알림즉락접험번호암증필합함습"
)

func east(lead byte) bool { return lead >= 0xa1 && lead <= 0xfe }

var doubles = sync.OnceValue(func() []*double {
	gb := newDouble(simplifiedchinese.GB18030, simplified, func(lead, trail byte) (float32, bool) {
		switch {
		case lead == 0x80 || lead == 0xff || trail < 0x40 || trail == 0x7f || trail == 0xff:
			return 0, false
		case !east(lead) || !east(trail):
			return 22, true // the extension, with rare characters
		case lead == 0xa1 || lead == 0xa3:
			return 11, true
		case lead < 0xb0:
			return 20, true
		case lead <= 0xd7:
			return 13, true
		}
		return 18, true
	})
	kr := newDouble(korean.EUCKR, hangul, func(lead, trail byte) (float32, bool) {
		switch {
		case lead == 0x80 || lead == 0xff || trail < 0x41 || trail == 0xff:
			return 0, false
		case !east(lead) || !east(trail):
			return 22, true
		case lead == 0xa1 || lead == 0xa3:
			return 11, true
		case lead < 0xb0:
			return 20, true
		case lead <= 0xc8:
			return 13, true
		}
		return 20, true
	})
	big5 := newDouble(traditionalchinese.Big5, traditional, func(lead, trail byte) (float32, bool) {
		switch {
		case lead < 0x81 || lead == 0xff || trail < 0x40 || trail == 0xff || trail > 0x7e && trail < 0xa1:
			return 0, false
		case lead == 0xa1:
			return 11, true
		case lead < 0xa4:
			return 20, true
		case lead <= 0xc6:
			return 13, true
		case lead >= 0xc9 && lead <= 0xf9:
			return 18, true
		}
		return 22, true
	})
	return []*double{gb, kr, big5, eucJP(), shiftJIS()}
})

// Kana are a third and more of what is written in Japanese, so that its kanji
// need no table.
const (
	costHiragana = 6.5
	costKatakana = 7.5
)

func eucJP() *double {
	return newDouble(japanese.EUCJP, "", func(lead, trail byte) (float32, bool) {
		switch {
		case lead == 0x8e && east(trail):
			return 14, true
		case !east(lead) || !east(trail):
			return 0, false
		case lead == 0xa4:
			return costHiragana, true
		case lead == 0xa5 || lead == 0xa1:
			return costKatakana + float32(lead&1), true
		case lead == 0xa3:
			return 11, true
		case lead < 0xb0:
			return 20, true
		case lead <= 0xcf:
			return 12.5, true
		}
		return 18, true
	})
}

func shiftJIS() *double {
	d := newDouble(japanese.ShiftJIS, "", func(lead, trail byte) (float32, bool) {
		switch {
		case lead < 0x81 || lead > 0xfc || trail < 0x40 || trail == 0x7f || trail > 0xfc:
			return 0, false
		case lead == 0x82 && trail >= 0x9f && trail <= 0xf1:
			return costHiragana, true
		case lead == 0x83 && trail <= 0x96, lead == 0x81:
			return costKatakana + 1, true
		case lead == 0x82:
			return 11, true
		case lead < 0x88:
			return 20, true
		case lead <= 0x97:
			return 12.5, true
		}
		return 18, true
	})
	d.lone = func(c byte) (float32, bool) { return 11, c >= 0xa1 && c <= 0xdf } // half-width katakana
	return d
}
