import { app, mode } from './app.ts'
import { definition, loadService } from './service.ts'

if (mode === 'cluster') {
  await loadService(definition)
} else {
  app.prepare()
}
app.listen(1)
