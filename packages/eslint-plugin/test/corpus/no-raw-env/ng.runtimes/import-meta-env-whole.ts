const { SUPABASE_SERVICE_KEY } = import.meta.env

export { SUPABASE_SERVICE_KEY }
