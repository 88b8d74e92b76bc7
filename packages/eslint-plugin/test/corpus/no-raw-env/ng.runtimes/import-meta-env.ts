export const supabaseKey = import.meta.env.SUPABASE_SERVICE_KEY
