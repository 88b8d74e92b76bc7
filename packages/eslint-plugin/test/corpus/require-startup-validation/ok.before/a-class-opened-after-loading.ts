import { app } from './app.ts'
import { definition, loadService } from './service.ts'

class Server {
  open() {
    app.listen(1)
  }
}
await loadService(definition)
new Server().open()
