// Talks to the simulator's own server.

// message: {person:{user_key,is_friend,app_user_id}, shape, callback, twice, contexts,
//   event:{utterance,source,action,block_id,extra,referrer,last_block}}
// answer: {request, block, contexts, deliveries:[{outcome,milliseconds,status,reply,raw,violations,
//   bubbles,quick_replies,callback}]}
export async function send(message) {
  const response = await fetch("api/messages", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(message),
  });
  if (!response.ok) throw new Error(`simulator ${response.status}`);
  return response.json();
}

// Waits for what the skill posts to the callback address; null once nobody remembers it.
export async function lateAnswer(token) {
  for (;;) {
    const response = await fetch(`api/callbacks/${token}`);
    if (response.status === 200) return response.json();
    if (response.status !== 204) return null;
  }
}

// Hands over what arrives by itself, for as long as the window is open: one request waits at a time.
// take(items, first): items are {kind, owner, at, …}, oldest first; first is true for what was kept until now.
export async function listen(kinds, kept, take) {
  for (let first = true; ;) {
    try {
      const response = await fetch(`api/news?kinds=${kinds}&after=${kept.cursor ?? ""}${first ? "&now=1" : ""}`);
      if (!response.ok) throw new Error(`simulator ${response.status}`);
      const { cursor, items } = await response.json();
      kept.cursor = cursor; // before taking: what cannot be drawn must not come again and again
      const old = first;
      first = false;
      take(items, old);
    } catch {
      await new Promise((again) => { setTimeout(again, 2000); });
    }
  }
}
