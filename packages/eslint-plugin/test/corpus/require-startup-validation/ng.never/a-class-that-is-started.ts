import { createServer } from 'node:http'

class Server {
  readonly #server = createServer()

  start(port: number) {
    this.#server.listen(port)
  }
}
new Server().start(3000)
