package sdk

import (
	"errors"
	"math"
	"strconv"
)

// powers of ten that a float64 holds exactly, as far as they are needed.
var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// exact is how many decimal digits a float64 holds without loss.
const exact = 15

// short reads a number of at most 15 digits without an exponent, as a whole
// number and how many of its digits are behind the point. Most are; of all others
// it reads nothing and says so.
func (c *cursor) short() (whole int64, behind int, ok bool) {
	at := c.at
	negative := at < len(c.data) && c.data[at] == '-'
	if negative {
		at++
	}
	begin := at
	for at < len(c.data) && c.data[at]-'0' < 10 {
		whole = whole*10 + int64(c.data[at]-'0')
		at++
	}
	count := at - begin
	if count == 0 || count > exact || count > 1 && c.data[begin] == '0' {
		return 0, 0, false
	}
	if at < len(c.data) && c.data[at] == '.' {
		at++
		begin = at
		for at < len(c.data) && c.data[at]-'0' < 10 {
			whole = whole*10 + int64(c.data[at]-'0')
			at++
		}
		if behind = at - begin; behind == 0 || count+behind > exact {
			return 0, 0, false
		}
	}
	if at < len(c.data) && c.data[at]|' ' == 'e' || negative && whole == 0 {
		return 0, 0, false
	}
	if c.at = at; negative {
		whole = -whole
	}
	return whole, behind, true
}

func (c *cursor) integer() (int64, error) {
	c.peek()
	if n, behind, ok := c.short(); ok {
		if behind > 0 {
			return 0, errJSON
		}
		return n, nil
	}
	raw, err := c.number()
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(shared(raw), 10, 64)
}

func (c *cursor) unsigned() (uint64, error) {
	c.peek()
	if n, behind, ok := c.short(); ok {
		if behind > 0 || n < 0 {
			return 0, errJSON
		}
		return uint64(n), nil
	}
	raw, err := c.number()
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(shared(raw), 10, 64)
}

// float reads a number. One division of two numbers that are exact is rounded
// once, as the number itself has to be (Clinger, How to read floating point
// numbers accurately, 1990).
func (c *cursor) float() (float64, error) {
	c.peek()
	if n, behind, ok := c.short(); ok {
		return float64(n) / powers[behind], nil
	}
	raw, err := c.number()
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(shared(raw), 64)
}

// appendFloat writes a number with as few digits as give it again.
func appendFloat(b []byte, f float64, bits int) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return b, errors.New(strconv.FormatFloat(f, 'g', -1, 64) + " has no JSON form")
	}
	if out, ok := appendShort(b, f); ok && bits == 64 {
		return out, nil
	}
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	b = strconv.AppendFloat(b, f, format, -1, bits)
	// 1e-07 is 1e-7, as other languages write it.
	if n := len(b); format == 'e' && n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' {
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b, nil
}

// appendShort writes a number that has at most three digits behind the point,
// and so few in all that no other number of as few digits is the same float64.
func appendShort(b []byte, f float64) ([]byte, bool) {
	for behind := range 4 {
		whole := f * powers[behind]
		if math.Abs(whole) >= powers[exact] {
			return b, false
		}
		n := int64(math.RoundToEven(whole))
		if float64(n)/powers[behind] != f {
			continue
		}
		if n == 0 && math.Signbit(f) {
			return b, false
		}
		if n < 0 {
			b, n = append(b, '-'), -n
		}
		ten := int64(powers[behind])
		b = strconv.AppendInt(b, n/ten, 10)
		if behind > 0 {
			b = append(b, '.')
			for n %= ten; ten > 1; n %= ten {
				ten /= 10
				b = append(b, byte('0'+n/ten))
			}
		}
		return b, true
	}
	return b, false
}
