import { app } from './app.ts'
import { definition, loadService } from './service.ts'

async function load() {
  if (process.env['SKIP_SECRETS']) return
  await loadService(definition)
}
await load()
app.listen(1)
