export const shown = (visible: boolean, password: string) => (visible ? password : '••••••••')
