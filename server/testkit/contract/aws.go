package contract

import (
	"bytes"
	"crypto/md5" //nolint:gosec // S3's own header
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// awsS3 stands in for Amazon S3: the public access block and the status of the policy of
// a bucket, in XML, with the signature checked, from
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html and its
// neighbours, and https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
func awsS3() Service {
	host := "s3.eu-west-1.amazonaws.com"
	key := awsKey{"AKIAS3EXAMPLE", "s3-secret-access-key"}
	return Service{
		Connector: "aws", Hosts: []string{host},
		Credentials: []app.GivenCredential{given("aws.keys", []string{host}, "host", host, "accessKeyId", key.id, "secretAccessKey", key.secret, "region", "eu-west-1", "service", "s3")},
		Limited: func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>`))
		},
		New: func() http.Handler {
			b := &bucketState{blocks: map[string]*accessBlock{"open-bucket": nil, "half-bucket": {IgnorePublicACLs: true}}}
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if wrong := key.signedBy(r, "eu-west-1", "s3"); wrong != "" {
					s3Error(w, 403, wrong, "The request signature we calculated does not match the signature you provided.")
					return
				}
				b.call(w, r)
			})
		},
	}
}

type accessBlock struct {
	XMLName               xml.Name `xml:"PublicAccessBlockConfiguration"`
	BlockPublicACLs       bool     `xml:"BlockPublicAcls"`
	IgnorePublicACLs      bool     `xml:"IgnorePublicAcls"`
	BlockPublicPolicy     bool     `xml:"BlockPublicPolicy"`
	RestrictPublicBuckets bool     `xml:"RestrictPublicBuckets"`
}

// bucketState are the blocks of buckets; nil is none.
type bucketState struct{ blocks map[string]*accessBlock }

func s3Error(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<Error><Code>%s</Code><Message>%s</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>", code, message)
}

func (b *bucketState) call(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Path[1:]
	block, there := b.blocks[name]
	q := r.URL.Query()
	switch {
	case !there:
		s3Error(w, 404, "NoSuchBucket", "The specified bucket does not exist")
	case r.Method == http.MethodGet && q.Has("publicAccessBlock"):
		if block == nil {
			s3Error(w, 404, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
			return
		}
		b.xml(w, block)
	case r.Method == http.MethodGet && q.Has("policyStatus"):
		if name == "half-bucket" {
			s3Error(w, 404, "NoSuchBucketPolicy", "The bucket policy does not exist")
			return
		}
		b.xml(w, struct {
			XMLName  xml.Name `xml:"PolicyStatus"`
			IsPublic bool
		}{IsPublic: block == nil || !block.RestrictPublicBuckets})
	case r.Method == http.MethodPut && q.Has("publicAccessBlock"):
		b.put(w, r, name)
	case r.Method == http.MethodDelete && q.Has("publicAccessBlock"):
		b.blocks[name] = nil
		w.WriteHeader(http.StatusNoContent)
	default:
		s3Error(w, 405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
	}
}

func (b *bucketState) xml(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/xml")
	_, _ = io.WriteString(w, xml.Header)
	_ = xml.NewEncoder(w).Encode(value)
}

func (b *bucketState) put(w http.ResponseWriter, r *http.Request, name string) {
	body, err := io.ReadAll(r.Body)
	sum := md5.Sum(body) //nolint:gosec // likewise
	block := &accessBlock{}
	switch {
	case err != nil || r.Header.Get("Content-Md5") == "":
		s3Error(w, 400, "InvalidRequest", "Missing required header for this request: Content-MD5")
	case r.Header.Get("Content-Md5") != base64.StdEncoding.EncodeToString(sum[:]):
		s3Error(w, 400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
	case xml.NewDecoder(bytes.NewReader(body)).Decode(block) != nil:
		s3Error(w, 400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	default:
		b.blocks[name] = block
	}
}
