import { product } from './product.js';

/** What everybody uses, at home and on the way. */
export const EVERYDAY_PRODUCTS = [
  product(
    'skycast',
    'Skycast',
    'Weather observations and forecasts.',
    'snake',
    `
    get_current_conditions(location, unit?): Temperature, wind and humidity at a place now.
    get_daily_forecast(location, days?, unit?): Forecast for the coming days.
    get_hourly_forecast(location, hours?): Forecast hour by hour.
    get_severe_weather_alerts(region): Warnings of storms, floods and heat.
    get_air_quality(location): Fine dust and ozone at a place.
    get_historical_weather(location, date): What the weather was like on a past day.
    get_pollen_forecast(location): Pollen levels for people with allergies.`,
  ),
  product(
    'waymark',
    'Waymark Maps',
    'Geocoding, places and routes.',
    'snake',
    `
    geocode(address): Coordinates of an address.
    reverse_geocode(latitude, longitude): Address at coordinates.
    plan_route(origin, destination, mode?): Directions from one place to another.
    search_places(query, latitude, longitude, radius?): Places of interest around a position.
    get_travel_time_matrix(origins[], destinations[]): Travel times between many places.
    get_elevation(latitude, longitude): Height above sea level.
    get_static_map(latitude, longitude, zoom?): Map picture of an area.
    find_timezone(latitude, longitude): Time zone at coordinates.`,
  ),
  product(
    'railbird',
    'Railbird',
    'Train connections and tickets.',
    'camel',
    `
    search_connections(origin, destination, departure_time): Find train journeys between two stations.
    get_departures(station, limit?): Departure board of a station.
    get_train_status(train_number, date?): Delay and platform of a train.
    reserve_seat(connection_id, wagon_class?): Reserve a seat.
    buy_ticket(connection_id, passengers): Buy a ticket.
    cancel_ticket(booking_code): Return a ticket and get the money back.`,
  ),
  product(
    'flyaway',
    'Flyaway',
    'Flight search.',
    'snake',
    `
    search_flights(origin, destination, date, return_date?, passengers?): Find flights and their fares.
    get_flight_status(flight_number, date?): Whether a flight is on time.
    get_baggage_rules(airline, cabin?): Luggage allowance of an airline.
    watch_fare(origin, destination, date): Be told when a flight gets cheaper.
    list_airports(city): Airports of a city.`,
  ),
  product(
    'restwell',
    'Restwell',
    'Hotels and apartments.',
    'kebab',
    `
    search_stays(destination, check_in, check_out, guests?): Find accommodation.
    get_property(property_id): Amenities, rules and pictures of a property.
    get_guest_reviews(property_id): What guests wrote.
    book_stay(property_id, check_in, check_out): Book a room.
    cancel_booking(booking_id): Cancel a booking.`,
  ),
  product(
    'pantry',
    'Pantry',
    'Recipes and meal plans.',
    'snake',
    `
    search_recipes(query, diet?, max_minutes?): Find recipes by ingredients or name.
    get_recipe(recipe_id): Ingredients and steps of a recipe.
    plan_meals(days, people, diet?): Make a meal plan for a week.
    make_shopping_list(recipe_ids[]): Ingredients to buy for recipes.
    get_nutrition_facts(food): Calories and nutrients of a food.
    substitute_ingredient(ingredient): What to use when an ingredient is missing.`,
  ),
  product(
    'homehub',
    'HomeHub',
    'Smart home devices.',
    'camel',
    `
    turn_on_device(device): Switch a device on.
    turn_off_device(device): Switch a device off.
    set_thermostat(room, temperature): Set the target temperature of a room.
    dim_lights(room, percent): Set the brightness of lamps.
    lock_door(door): Lock a door.
    get_energy_usage(start, end): Electricity that the household used.
    show_camera_snapshot(camera): Current picture of a camera.
    start_vacuum(room?): Send the robot to clean.`,
  ),
  product(
    'melodeon',
    'Melodeon',
    'Music library and player.',
    'camel',
    `
    search_tracks(query, artist?, album?): Find songs.
    play_track(track_id, device?): Play a song.
    create_playlist(name, track_ids[]): Make a playlist.
    get_lyrics(track_id): Words of a song.
    detect_tempo(file): Beats per minute of an audio file.
    recommend_tracks(seed_tracks[]): Songs that sound alike.
    list_concerts(artist, city?): Upcoming concerts of an artist.`,
  ),
  product(
    'clipcut',
    'ClipCut',
    'Edits video and audio files.',
    'snake',
    `
    trim_video(path, start, end): Cut a video to a part.
    add_subtitles(path, subtitle_file): Put subtitles into a video.
    transcribe_audio(path, language?): Turn speech into text.
    extract_audio(path): Take the sound track out of a video.
    convert_media(path, target_type): Convert between media formats.
    synthesize_speech(text, voice?): Read a text aloud into an audio file.
    get_media_info(path): Duration, codec and resolution.`,
  ),
  product(
    'pixelbench',
    'Pixelbench',
    'Image editing and generation.',
    'snake',
    `
    generate_image(prompt, width?, height?): Create a picture from a description.
    resize_image(path, width, height): Change the size of an image.
    crop_image(path, x, y, width, height): Cut a rectangle out of an image.
    remove_background(path): Make the background transparent.
    describe_image(path): Say what a picture shows.
    convert_image(path, target_type): Convert between PNG, JPEG and WebP.
    add_watermark(path, text): Put a text over a picture.
    detect_faces(path): Find faces in a photo.`,
  ),
  product(
    'polyglot',
    'Polyglot',
    'Translation and language help.',
    'camel',
    `
    translate_text(text, target_language, source_language?): Translate a text.
    detect_language(text): Which language a text is written in.
    check_grammar(text): Find mistakes of spelling and grammar.
    define_word(word): Dictionary entry of a word.
    summarize_text(text, sentences?): Shorten a text to its essentials.
    find_synonyms(word): Words with the same meaning.`,
  ),
  product(
    'numbersmith',
    'Numbersmith',
    'Arithmetic, units, dates and chance.',
    'snake',
    `
    evaluate_expression(expression): Calculate an arithmetic expression.
    solve_equation(equation, variable): Solve an equation.
    convert_units(value, from_unit, to_unit): Convert between units of measurement.
    convert_timezone(time, from_zone, to_zone): Convert a time of day between time zones.
    days_between(start, end): Number of days between two dates.
    random_integer(minimum, maximum): Draw a random whole number.
    plot_function(expression, from, to): Draw the graph of a function.
    get_current_time(zone?): The time of day.`,
  ),
];
