import { app } from './app.ts'
import { definition, loadService } from './service.ts'

loadService(definition).then(() => console.log('loaded'))
app.listen(1)
