/** This software's own version, told in hello. */
export const agentVersion = '0.1.0'
