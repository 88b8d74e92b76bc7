import { app, sleep } from './app.ts'
import { definition, loadService } from './service.ts'

for (let left = 5; left > 0; left--) {
  try {
    await loadService(definition)
    break
  } catch {
    await sleep(1_000)
  }
}
app.listen(1)
