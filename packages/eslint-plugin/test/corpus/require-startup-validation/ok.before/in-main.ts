import { app } from './app.ts'
import { definition, loadService } from './service.ts'

async function main() {
  await loadService(definition)
  app.listen(1)
}
await main()
