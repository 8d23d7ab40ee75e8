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
		// A connection that fails is closed by the library.
		_, _ = out.Write(hello)
	}))
}
