import { execa } from 'execa'
declare const git: { user: string; token: string }
await execa('git', ['clone', `https://${git.user}:${git.token}@example.com/app.git`])
