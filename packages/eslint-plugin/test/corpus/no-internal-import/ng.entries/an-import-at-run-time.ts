export const engine = () => import('@rekey/rekey/internal/engine')
