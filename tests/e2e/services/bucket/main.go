// A service that speaks the protocol of S3, for the end-to-end tests: objects are files of a folder, and signatures are
// verified. Its only account comes from the environment.
package main

import (
	"context"
	"log"
	"os"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("give the address to listen on, the folder of the objects, and the folder of what is known about them")
	}
	known, err := meta.NewSideCar(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	objects, err := posix.New(os.Args[2], known, posix.PosixOpts{SideCarDir: os.Args[3], Concurrency: 100})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(embedgw.RunVersityGW(context.Background(), objects, &embedgw.Config{
		RootUserAccess:    os.Getenv("ACCESS_KEY_ID"),
		RootUserSecret:    os.Getenv("SECRET_ACCESS_KEY"),
		Ports:             []string{os.Args[1]},
		MaxConnections:    100,
		MaxRequests:       100,
		MultipartMaxParts: 10000,
	}))
}
