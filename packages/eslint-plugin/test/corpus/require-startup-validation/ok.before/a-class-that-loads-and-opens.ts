import { app } from './app.ts'
import { definition, loadService } from './service.ts'

class Server {
  async start() {
    await this.#load()
    app.listen(1)
  }

  async #load() {
    await loadService(definition)
  }
}
await new Server().start()
