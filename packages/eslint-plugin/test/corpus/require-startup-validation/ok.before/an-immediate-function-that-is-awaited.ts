import { app } from './app.ts'
import { definition, loadService } from './service.ts'

await (async () => {
  await loadService(definition)
})()
app.listen(1)
