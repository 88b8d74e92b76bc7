export const page = '@rekey/rekey/internal'
