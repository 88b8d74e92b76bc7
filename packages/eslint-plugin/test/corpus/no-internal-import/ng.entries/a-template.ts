// @known
export const kind = (name: string) => import(`@rekey/${name}/internal/rotate`)
