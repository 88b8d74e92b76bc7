export type Engine = typeof import('@rekey/rekey/internal/engine')
