export const api = import.meta.env.VITE_API_BASE
export const site = process.env.NEXT_PUBLIC_SITE
