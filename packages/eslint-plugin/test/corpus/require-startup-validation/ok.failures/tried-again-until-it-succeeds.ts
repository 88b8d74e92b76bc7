import { app, sleep } from './app.ts'
import { definition, loadService } from './service.ts'

let service
while (true) {
  try {
    service = await loadService(definition)
    break
  } catch {
    await sleep(1_000)
  }
}
app.listen(service.settings.port)
