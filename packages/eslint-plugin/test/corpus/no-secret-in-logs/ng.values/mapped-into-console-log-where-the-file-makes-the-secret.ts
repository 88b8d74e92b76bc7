import { Secret } from '../../secret.ts'
Secret.of('x', 'X').map(console.log)
