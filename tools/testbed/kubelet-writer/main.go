// Writes volumes as the kubelet does, with the kubelet's own writer. Each line of its input is one payload, file name to
// {"Data": base64, "Mode": number}; each answer is a line: "written", or what went wrong.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/kubernetes/pkg/volume/util"
)

func main() {
	writer, err := util.NewAtomicWriter(os.Args[1], "testbed")
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 0, 1<<20), 1<<24)
	for lines.Scan() {
		if err := write(writer, lines.Bytes()); err != nil {
			fmt.Printf("%q\n", err.Error())
			continue
		}
		fmt.Println("written")
	}
}

func write(writer *util.AtomicWriter, line []byte) error {
	payload := map[string]util.FileProjection{}
	if err := json.Unmarshal(line, &payload); err != nil {
		return err
	}
	return writer.Write(payload, nil)
}
