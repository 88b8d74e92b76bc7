import { createServer } from 'node:http'

export class Server {
  readonly #server = createServer()

  start(port: number) {
    this.#server.listen(port)
  }
}
