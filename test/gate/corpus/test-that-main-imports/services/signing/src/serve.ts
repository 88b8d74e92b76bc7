// Comments may name './main.test.ts'.
export const openLater = async () => (await import('./open-ca.test.ts')).openCa('')
