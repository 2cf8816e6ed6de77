import { useEffect, useState } from 'preact/hooks';

/** This machine’s clock in a component, drawn again every `everyMs`. */
export function useNowMs(everyMs = 1000): number {
  const [nowMs, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
}
