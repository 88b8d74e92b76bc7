import { app, isProduction } from './app.ts'
import { definition, loadService } from './service.ts'

const load = async () => {
  if (isProduction) await loadService(definition)
}
await load()
app.listen(1)
