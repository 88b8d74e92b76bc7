import { app } from './app.ts'
import { definition, loadService } from './service.ts'

async function main() {
  app.listen(1)
  await loadService(definition)
}
await main()
