package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// status is a field of /proc/self/status, in bytes.
func status(field string) (int, error) {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if value, found := strings.CutPrefix(lines.Text(), field+":"); found {
			kibibytes := 0
			if _, err := fmt.Sscanf(strings.TrimSpace(value), "%d kB", &kibibytes); err != nil {
				return 0, err
			}
			return kibibytes * 1024, nil
		}
	}
	return 0, fmt.Errorf("no %s in /proc/self/status", field)
}
