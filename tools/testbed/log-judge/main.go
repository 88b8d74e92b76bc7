// Judges checkpoints and proofs of a transparency log by the packages that sum.golang.org uses.
// It reads a Case as JSON, and prints a Verdict; it fails for a case that it cannot read.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type Case struct {
	VerifierKey string
	SignerKey   string // signs the text of the note again
	Note        string
	Roots       map[int64]string
	Inclusions  []struct {
		Index, Size int64
		Leaf        string
		Proof       []string
	}
	Consistencies []struct {
		Before, Size int64
		Proof        []string
	}
}

type Verdict struct {
	Size                      int64
	Root                      string
	Inclusions, Consistencies []bool
	Signed                    string
}

func main() {
	var c Case
	check(json.NewDecoder(os.Stdin).Decode(&c))
	verdict, err := judge(c)
	check(err)
	check(json.NewEncoder(os.Stdout).Encode(verdict))
}

func judge(c Case) (v Verdict, err error) {
	verifier, err := note.NewVerifier(c.VerifierKey)
	if err != nil {
		return
	}
	opened, err := note.Open([]byte(c.Note), note.VerifierList(verifier))
	if err != nil {
		return
	}
	lines := strings.Split(opened.Text, "\n")
	v.Root = lines[2]
	if v.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return
	}
	for _, p := range c.Inclusions {
		err := tlog.CheckRecord(hashes(p.Proof), p.Size, hash(c.Roots[p.Size]), p.Index, hash(p.Leaf))
		v.Inclusions = append(v.Inclusions, err == nil)
	}
	for _, p := range c.Consistencies {
		before, size := hash(c.Roots[p.Before]), hash(c.Roots[p.Size])
		err := tlog.CheckTree(hashes(p.Proof), p.Size, size, p.Before, before)
		v.Consistencies = append(v.Consistencies, err == nil)
	}
	signer, err := note.NewSigner(c.SignerKey)
	if err != nil {
		return
	}
	signed, err := note.Sign(&note.Note{Text: opened.Text}, signer)
	v.Signed = string(signed)
	return
}

func hash(text string) (h tlog.Hash) {
	bytes, err := base64.StdEncoding.DecodeString(text)
	check(err)
	if len(bytes) != len(h) {
		check(fmt.Errorf("a hash has %d bytes", len(bytes)))
	}
	copy(h[:], bytes)
	return
}

func hashes(texts []string) (all []tlog.Hash) {
	for _, text := range texts {
		all = append(all, hash(text))
	}
	return
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
