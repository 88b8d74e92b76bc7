// ---- through-a-variable-holding-the-method
// missed
import { app } from './app.ts'

const open = app.listen.bind(app)
open(3000)
