import { app, spinner } from './app.ts'
import { definition, loadService } from './service.ts'

try {
  await loadService(definition)
} finally {
  spinner.stop()
}
app.listen(1)
