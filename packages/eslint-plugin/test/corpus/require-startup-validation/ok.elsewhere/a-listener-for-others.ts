import { app } from './app.ts'

export function openListener() {
  return app.listen(0)
}
