import { app, isProduction } from './app.ts'
import { definition, loadService, local } from './service.ts'

if (isProduction) {
  await loadService(definition)
} else {
  await loadService(local)
}
app.listen(1)
