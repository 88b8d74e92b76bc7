import { app } from './app.ts'
import { definition, loadService } from './service.ts'

let service: unknown
;(async () => {
  service = await loadService(definition)
})()
app.listen(1, service)
