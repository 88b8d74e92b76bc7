import { app } from './app.ts'

Bun.serve({ port: 3000, fetch: app.fetch })
declare const Bun: { serve(options: unknown): void }
