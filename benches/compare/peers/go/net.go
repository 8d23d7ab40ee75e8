package main

import (
	"fmt"
	"net"
	"net/http"
)

// listen says where it listens.
func listen() (net.Listener, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err == nil {
		fmt.Println(listener.Addr())
	}
	return listener, err
}

// serveEcho serves for ever. A connection that fails is closed; Go sets TCP_NODELAY itself.
func serveEcho(p plan) error {
	listener, err := listen()
	if err != nil {
		return err
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			buffer := make([]byte, p.buffer)
			for {
				count, err := connection.Read(buffer)
				if err != nil {
					return
				}
				if _, err := connection.Write(buffer[:count]); err != nil {
					return
				}
			}
		}()
	}
}

func serveHTTP(p plan) error {
	listener, err := listen()
	if err != nil {
		return err
	}
	hello := []byte("Hello, World!")
	return http.Serve(listener, http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		// As teem's server says it. The library adds the rest, and closes a connection that fails.
		out.Header().Set("Server", "go")
		out.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = out.Write(hello)
	}))
}
