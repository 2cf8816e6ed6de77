/** Versions of the NATS client whose inside is used, where that saves time: others are used by their public interface alone. */
export const KNOWN_CLIENTS: ReadonlySet<string> = new Set(['3.4.0']);
